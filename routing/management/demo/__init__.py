"""What `manage.py demo` sends, how it sends it, and how it reports and proves what came back."""
