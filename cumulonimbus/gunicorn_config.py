"""The gunicorn configuration: ``gunicorn -c python:cumulonimbus.gunicorn_config``.

Command line options such as ``--bind``, ``--workers`` and ``--threads`` override it. gunicorn's
"forwarders" are called proxies in this project.
"""

wsgi_app = "cumulonimbus.wsgi:application"
bind = "127.0.0.1:8000"
workers = 2

# The threads of a process share its pool of database connections, which has the same size.
worker_class = "gthread"
threads = 20

# Pass headers on unchanged; the settings decide which to trust. By default, a peer on loopback or
# a UNIX socket could set wsgi.url_scheme and, with `SCRIPT_NAME: /api`, the path.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Drop headers such as X_Forwarded_For, which WSGI cannot tell from X-Forwarded-For.
header_map = "drop"

# In seconds. Longer than proxies keep idle connections (Caddy 120, nginx 60), so that no proxy
# sends a request on a connection that a worker is about to close.
keepalive = 150
# In seconds. A worker that takes longer to start, or hangs for longer, is killed and replaced.
timeout = 120
# The seconds in which requests must finish when a worker ends, on a reload or stop.
graceful_timeout = 30

# The project does not use gunicorn's control socket.
control_socket_disable = True
