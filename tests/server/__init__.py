"""Tests of the server, a package so that its helpers and its conftest have names of their own."""
