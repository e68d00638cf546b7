"""`python -m api` is `heartline serve`."""

from api.cli import serve

serve(prog_name="heartline serve")
