"""How gunicorn serves the project: ``gunicorn -c python:cumulonimbus.gunicorn_config``.

The command line may overrule each of these: ``--bind``, ``--workers``, ``--threads``. gunicorn
speaks of "forwarders" where this project speaks of proxies.
"""

wsgi_app = "cumulonimbus.wsgi:application"
bind = "127.0.0.1:8000"
workers = 2

# Threads share their process's pool of connections to the database, which holds as many.
worker_class = "gthread"
threads = 20

# Headers arrive as they were sent, and the settings decide what to believe. By default a peer on
# loopback or behind a UNIX socket could set wsgi.url_scheme and, by `SCRIPT_NAME: /api`, the path.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# X_Forwarded_For is not X-Forwarded-For, though WSGI has one name for both.
header_map = "drop"

# In seconds. Longer than proxies keep an idle connection (Caddy 120, nginx 60), so that none sends
# a request where a worker is just about to hang up.
keepalive = 150
# A worker that has not started by then, or stands still, is killed and replaced.
timeout = 120
# What requests in flight have left when a worker ends, at a reload or a stop.
graceful_timeout = 30

# A door for commands that nobody asked for.
control_socket_disable = True
