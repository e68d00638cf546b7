"""The service: FastAPI, and the console that a telecommunicator keeps open."""
