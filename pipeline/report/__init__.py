"""The contact sheet: its rows as a CSV and as a page that opens from disk, with thumbnails kept by content."""
