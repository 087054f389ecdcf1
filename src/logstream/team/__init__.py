"""What a team shares: views and dashboards, each with a name, filters and a range; kept as `shared.py` keeps them."""
