"""`python -m guazai`."""

from guazai.cli import app

app(prog_name="guazai")
