"""PostgreSQL, MapServer and nginx of our own: below build/bench, on a socket or on
loopback, never as root, stopped by their process ids."""
import atexit
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BIN = "/usr/lib/postgresql/15/bin"
SETTINGS = {
    "shared_buffers": "2GB", "work_mem": "256MB",
    "maintenance_work_mem": "1GB", "effective_cache_size": "16GB",
    "random_page_cost": "1.1", "synchronous_commit": "off",
    "autovacuum": "off", "jit": "off", "max_wal_size": "4GB",
    "max_parallel_workers_per_gather": "2", "listen_addresses": "''",
    "fsync": "on", "checkpoint_timeout": "30min",
}
running = []


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(1))  # atexit stops the servers


@atexit.register
def stop_all():
    for process, how in reversed(running):
        if process.poll() is None:
            os.kill(process.pid, how)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
    running.clear()


class Cluster:
    def __init__(self, folder):
        """A cluster in `folder` (absolute), made when it is not there."""
        self.as_postgres = []
        if os.geteuid() == 0:
            who = pwd.getpwnam("postgres")
            self.as_postgres = ["setpriv", f"--reuid={who.pw_uid}",
                                f"--regid={who.pw_gid}", "--clear-groups"]
            folder = self.reachable(folder, who)
        self.folder = folder
        self.socket = tempfile.mkdtemp(prefix="peers-")
        if self.as_postgres:
            os.chown(self.socket, who.pw_uid, who.pw_gid)
        os.chmod(self.socket, 0o755)
        atexit.register(shutil.rmtree, self.socket, ignore_errors=True)
        if not os.path.exists(os.path.join(folder, "PG_VERSION")):
            self.call([f"{BIN}/initdb", "-D", folder, "-A", "trust", "-U",
                       "postgres", "-E", "UTF8", "--no-locale", "--no-sync"])
        self.start()

    def reachable(self, folder, who):
        """Somewhere that the user postgres can get at."""
        os.makedirs(folder, exist_ok=True)
        can = subprocess.run([*self.as_postgres, "test", "-x", folder])
        if can.returncode:
            folder = tempfile.mkdtemp(prefix="peers-data-", dir="/var/tmp")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.chown(folder, who.pw_uid, who.pw_gid)
        os.chmod(folder, 0o700)
        return folder

    def call(self, argv):
        p = subprocess.run([*self.as_postgres, *argv], capture_output=True,
                           text=True, cwd="/")
        if p.returncode:
            raise RuntimeError(f"{argv[0]}: {p.stderr}")
        return p.stdout

    def start(self):
        log = open(os.path.join(self.socket, "log"), "w")
        options = [o for k, v in SETTINGS.items()
                   for o in ("-c", f"{k}={v.strip(chr(39))}")]
        p = subprocess.Popen(
            [*self.as_postgres, f"{BIN}/postgres", "-D", self.folder, "-k",
             self.socket, *options], stdout=log, stderr=log, cwd="/")
        running.append((p, signal.SIGINT))
        for _ in range(300):
            ready = subprocess.run([f"{BIN}/pg_isready", "-h", self.socket],
                                   capture_output=True)
            if ready.returncode == 0:
                return
            if p.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start: " +
                           open(log.name).read()[-2000:])

    def psql(self, sql=None, file=None, stdin=None, db="bench", **values):
        argv = [f"{BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-h",
                self.socket, "-U", "postgres", "-d", db]
        for k, v in values.items():
            argv += ["-v", f"{k}={v}"]
        argv += ["-f", file] if file else ["-c", sql]
        p = subprocess.run(argv, stdin=stdin or subprocess.DEVNULL,
                           capture_output=True, text=True)
        if p.returncode:
            raise RuntimeError(f"{sql or file}: {p.stderr}")
        return p.stdout

    def spawn(self, sql, before=""):
        """One client of its own that runs the statement."""
        return subprocess.Popen(
            [f"{BIN}/psql", "-X", "-q", "-A", "-t", "-h", self.socket, "-U",
             "postgres", "-d", "bench", "-c", before or "SELECT 1", "-c", sql],
            stdout=subprocess.DEVNULL)

    def pgbench(self, statements, seconds=2):
        """Milliseconds a statement, of one client with prepared statements that
        takes any of them at random."""
        with tempfile.TemporaryDirectory() as d:
            argv = [f"{BIN}/pgbench", "-h", self.socket, "-U", "postgres", "-n",
                    "-M", "prepared", "-c", "1", "-T", str(seconds)]
            for i, s in enumerate(statements):
                path = os.path.join(d, f"{i}.sql")
                with open(path, "w") as f:
                    f.write(s + ";\n")
                argv += ["-f", path]
            p = subprocess.run([*argv, "bench"], capture_output=True, text=True,
                               env={**os.environ, "PGOPTIONS":
                                    "-c max_parallel_workers_per_gather=0"})
        found = re.search(r"latency average = ([\d.]+) ms", p.stdout)
        if not found:
            raise RuntimeError("pgbench: " + p.stderr)
        return float(found.group(1))


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def mapserver(here, folder, cluster):
    """MapServer's FastCGI behind nginx; the address of a tile."""
    port = free_port()
    sock = os.path.join(cluster.socket, "mapserv")
    mapfile = os.path.join(folder, "mapserver.map")
    with open(os.path.join(here, "mapserver.map")) as f:
        text = f.read().replace("@SOCKET@", cluster.socket)
    with open(mapfile, "w") as f:
        f.write(text)
    env = {**os.environ, "MS_MAPFILE": mapfile,
           "MS_MAP_PATTERN": ".", "MAPSERVER_CONFIG_FILE":
           os.path.join(here, "mapserver.conf")}
    for i in range(2):
        p = subprocess.Popen(
            ["/usr/bin/spawn-fcgi", "-n", "-s", f"{sock}{i}", "--",
             "/usr/lib/cgi-bin/mapserv"], env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append((p, signal.SIGTERM))
    conf = os.path.join(folder, "mapserver-nginx.conf")
    with open(conf, "w") as f:
        user = "user root;" if os.geteuid() == 0 else ""
        f.write(f"""{user} daemon off; worker_processes 1;
pid {folder}/mapserver-nginx.pid; error_log {folder}/mapserver-nginx.log;
events {{ }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/n1; proxy_temp_path {folder}/n2;
  fastcgi_temp_path {folder}/n3; uwsgi_temp_path {folder}/n4;
  scgi_temp_path {folder}/n5;
  upstream ms {{ server unix:{sock}0; server unix:{sock}1; keepalive 4; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass ms; fastcgi_keep_conn on; fastcgi_buffers 64 64k;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param MS_MAPFILE {mapfile};
    }}
  }}
}}
""")
    p = subprocess.Popen(["/usr/sbin/nginx", "-c", conf],
                         stderr=subprocess.DEVNULL)
    running.append((p, signal.SIGQUIT))
    time.sleep(1)
    return (f"http://127.0.0.1:{port}/?map={mapfile}&mode=tile&tilemode=gmap"
            "&layers=sites&map.imagetype=mvt&tile={x}+{y}+{z}")
