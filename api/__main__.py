"""`python -m api` is `heartline serve`."""

from api.cli import serve

if __name__ == "__main__":  # each worker imports this module too
    serve(prog_name="heartline serve")
