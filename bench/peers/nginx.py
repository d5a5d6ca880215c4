"""nginx answering one fixed body from its configuration: the limit, since it looks nothing up."""

from __future__ import annotations

from pathlib import Path

_CONFIGURATION = """
daemon off;
worker_processes 1;
error_log stderr;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      default_type application/json;
      add_header cache-control no-store;
      add_header x-content-type-options nosniff;
      return 200 '{body}';
    }}
  }}
}}
"""


def command(folder: Path, port: int, body: bytes) -> list[str | Path]:
    """Write the configuration into `folder`; give the command that runs it."""
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, port=port, body=body.decode()))
    return ["nginx", "-c", file, "-p", folder, "-e", "stderr"]
