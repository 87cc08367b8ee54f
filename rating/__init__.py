"""The pure core of billing: facts and terms in, charges with explanations out.

Standard library only. No clock, no settings, no database and no floating point number: what happens here can be
repeated years later from the explanation that every charge carries.
"""
