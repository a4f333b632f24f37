"""The drug shelf: which lots are here, of what strength; balances come with the ledger."""
