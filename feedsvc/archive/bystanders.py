"""Files that operating systems, file servers, synchronisers and editors leave in any
folder: they hold nothing of the archive, and do it no harm.
"""

from __future__ import annotations

import re

_FOLDERS = (
    r"lost\+found", r"@eaDir", r"#recycle", r"\.Trash.*", r"\.snapshots?", r"\.stfolder.*",
    r"\.stversions", r"\.AppleDouble", r"\.Spotlight-V100", r"\.fseventsd", r"\.TemporaryItems",
    r"\$RECYCLE\.BIN", "System Volume Information", r"\.zfs", r"@Recycle", r"@tmp",
    r"\.@__thumb", "#snapshot", r"\.AppleDB", r"\.DocumentRevisions-V100", r"\.git", r"\.hg",
    r"\.svn", r"\.dropbox\.cache",
)  # fmt: skip
_FILES = (
    r"\.DS_Store", r"Thumbs\.db", r"ehthumbs\.db", r"desktop\.ini", r"\.directory", r"\.stignore",
    r"\._.*", r"\.nfs[0-9a-f]+", r"\.fuse_hidden.*", r"\.syncthing\..*\.tmp",
    r"\.apdisk", r"aquota\.(user|group)", r"\.goutputstream-.*", r"\.dropbox(\.attr)?",
    r"\.(owncloud|nextcloud)sync\.log", r"\.git(ignore|attributes|keep|modules)", r"\.keep",
    r"\..*\.kate-swp", r"\..*\.sw[a-p]", r"\.#.*", r"#.*#", r".*~", r"\.~lock\..*#", r"4913",
)  # fmt: skip
_NAME = re.compile("|".join((*_FOLDERS, *_FILES)), re.IGNORECASE)


def is_bystander(name: str) -> bool:
    """Whether a file or folder of this name is one of them."""
    return _NAME.fullmatch(name) is not None
