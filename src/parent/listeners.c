#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "listeners.h"
#include "private_dir.h"

enum { BACKLOG = 1024, PORT_MAX = 65535, DYING_MS = 3000 };

/*
 * is_served() - whether a server answers at that socket and stays
 *
 * When enclaved is killed, its enclave-api dies a moment later, or two seconds
 * later on a machine that is busy writing. A connection in between is accepted
 * and then closed, so a connection that is closed doesn't count.
 */
static bool is_served(const struct sockaddr_un *name)
{
	int64_t deadline_ms = enc_clock_mono_ms() + DYING_MS;

	for (;;) {
		enc_autoclose int fd =
			socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct pollfd wait = { .fd = fd, .events = POLLRDHUP };
		int64_t left_ms = deadline_ms - enc_clock_mono_ms();

		if (fd < 0 || connect(fd, (const struct sockaddr *)name,
				      sizeof(*name)) < 0) {
			return false;
		}
		if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0) {
			return true;
		}
	}
}

/*
 * check_place() - whether other users can't replace the socket: clients, and
 * `enclave run` as root, take whoever answers there for the server
 */
static enum enc_code check_place(const char *path, struct enc_error *err)
{
	const char *slash = strrchr(path, '/');
	enc_autofree char *place =
		slash == NULL ? enc_xstrdup(".")
		: slash == path
			? enc_xstrdup("/")
			: enc_xprintf("%.*s", (int)(slash - path), path);
	enc_autoclose int fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"--socket %s: %s; its directory must exist",
				path, strerror(errno));
	}
	return enc_private_dir_check(fd, place, "--socket", /* sticky= */ true,
				     err);
}

enum enc_code enc_listen_unix(const char *path, int *ret_fd,
			      struct enc_error *err)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	enc_autoclose int fd = -1;
	struct stat status;
	enum enc_code code;
	mode_t mask;
	int r;

	if (strlen(path) >= sizeof(name.sun_path)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--socket %s is longer than %zu bytes", path,
				sizeof(name.sun_path) - 1);
	}
	code = check_place(path, err);
	if (code != ENC_OK) {
		return code;
	}
	memcpy(name.sun_path, path, strlen(path));
	if (is_served(&name)) {
		return enc_fail(err, ENC_CONFLICT,
				"another server listens on %s: end that one, "
				"or name another path with --socket",
				path);
	}
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
		/* bind() fails if the file is still there. */
		ENC_IGNORE(unlink(path));
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	r = fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0
		    ? -errno
		    : 0;
	(void)umask(mask);
	if (r == 0 && listen(fd, BACKLOG) < 0) {
		r = -errno;
		ENC_IGNORE(unlink(path)); /* just made */
	}
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "--socket %s: %s; %s",
				path, strerror(-r),
				r == -EADDRINUSE
					? "name a path that is free"
					: "its directory must exist and be "
					  "writable");
	}
	*ret_fd = ENC_TAKE_FD(fd);
	return ENC_OK;
}

/*
 * parse() - parse "host:port"; false if it is malformed. Nobody is asked for
 * names. A port alone is on the loopback, so that nothing is open by accident.
 */
static bool parse(const char *text, struct sockaddr_storage *ret_name,
		  socklen_t *ret_length)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *colon = strrchr(text, ':');
	char host[64];
	char *end;
	long port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host)) {
		return false;
	}
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port < 1 || port > PORT_MAX) {
		return false;
	}
	(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (host[0] == '\0' || strcmp(host, "localhost") == 0) {
		(void)snprintf(host, sizeof(host), "127.0.0.1");
	}
	v4.sin_port = htons((uint16_t)port);
	v6.sin6_port = htons((uint16_t)port);
	if (strcmp(host, "*") == 0 ||
	    inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(ret_name, &v4, sizeof(v4));
		*ret_length = sizeof(v4);
		return true;
	}
	if (host[0] != '[' || host[strlen(host) - 1] != ']') {
		return false;
	}
	host[strlen(host) - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6.sin6_addr) != 1) {
		return false;
	}
	memcpy(ret_name, &v6, sizeof(v6));
	*ret_length = sizeof(v6);
	return true;
}

enum enc_code enc_listen_tcp(const char *address, int *ret_fd,
			     struct enc_error *err)
{
	struct sockaddr_storage name = { 0 };
	socklen_t length = 0;
	enc_autoclose int fd = -1;
	int on = 1;

	if (!parse(address, &name, &length)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--listen %s is no address like "
				"127.0.0.1:8090, localhost:8090, :8090 "
				"(loopback), [::1]:8090 or *:8090 (all)",
				address);
	}
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&name, length) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"--listen %s: %s; choose another port, or "
				"none",
				address, strerror(errno));
	}
	*ret_fd = ENC_TAKE_FD(fd);
	return ENC_OK;
}
