#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fd.h"
#include "notify.h"

int enc_notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	enc_autoclose int fd = -1;
	size_t length;

	if (path == NULL || *path == '\0') {
		return 0;
	}
	length = strlen(path);
	if ((path[0] != '/' && path[0] != '@') ||
	    length >= sizeof(name.sun_path)) {
		return -EINVAL;
	}
	memcpy(name.sun_path, path, length);
	if (path[0] == '@') {
		name.sun_path[0] = '\0'; /* a NUL begins an abstract name */
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		   (const struct sockaddr *)&name,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) < 0) {
		return -errno;
	}
	return 0;
}
