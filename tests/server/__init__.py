"""Tests of the server, a package so that its shared parts and its conftest have names of their own."""
