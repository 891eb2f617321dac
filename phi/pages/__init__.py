"""Pages of what protects, outside of the admin's relaxed content policy."""
