"""What the parser and others get out of pages whose truth is known."""
