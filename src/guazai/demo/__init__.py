"""The demo: people and things to try the platform with, and a tour through it."""
