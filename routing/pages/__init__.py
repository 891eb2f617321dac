"""Pages of routing, outside of the admin's relaxed content policy."""
