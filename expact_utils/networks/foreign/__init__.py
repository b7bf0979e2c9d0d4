"""Networks that others trained: files of many formats, opened without running anything that is in them."""
