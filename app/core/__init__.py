"""Foundations without business words: database, errors, clock, ids, money, text, audit, outbox, jobs, storage."""
