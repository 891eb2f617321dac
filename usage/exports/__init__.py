"""Long files: asked for on a page, made by the worker, given to whoever asked for them."""
