"""What a call note says and what to suggest for it. Pure: no network, no database."""
