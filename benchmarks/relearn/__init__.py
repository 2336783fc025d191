"""How well a redesigned site's layout is learned: see ``__main__``."""
