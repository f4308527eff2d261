"""The archive for language models' agents: answers of bounded size, over the Model Context Protocol (MCP).

`answers` reads the archive and knows nothing of the protocol; `mcp_server` offers its functions as tools.
"""
