"""The least that Flask can do: what every ratio of the bench is a ratio to."""

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    return "hello"
