#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "fd.h"
#include "name_servers.h"

enum { FILE_MAX_BYTES = 64 * 1024, WORD_BYTES = 64 };

static const char path[] = "/etc/resolv.conf";

static const uint8_t any4[16] = ENC_ADDRESS_V4(0, 0, 0, 0);
static const uint8_t any6[16];
static const uint8_t local4[16] = ENC_ADDRESS_V4(127, 0, 0, 1);
static const uint8_t local6[16] = { [15] = 1 };

static bool parse_address(const char *text, uint8_t ret_addr[16])
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		enc_address_map(v4, ret_addr);
	} else if (inet_pton(AF_INET6, text, ret_addr) != 1) {
		return false;
	}
	/* The kernel takes an unspecified address for this machine's. */
	if (memcmp(ret_addr, any4, sizeof(any4)) == 0) {
		memcpy(ret_addr, local4, sizeof(local4));
	} else if (memcmp(ret_addr, any6, sizeof(any6)) == 0) {
		memcpy(ret_addr, local6, sizeof(local6));
	}
	return true;
}

void enc_name_servers_parse(const char *text, struct enc_name_servers *servers)
{
	const char *next;

	servers->count = 0;
	for (const char *line = text; line != NULL; line = next) {
		char key[WORD_BYTES];
		char value[WORD_BYTES];

		next = strchr(line, '\n');
		next = next == NULL ? NULL : next + 1;
		if (servers->count < ENC_NAME_SERVERS_MAX &&
		    sscanf(line, "%63[^ \t\n]%*[ \t]%63[^ \t\r\n]", key,
			   value) == 2 &&
		    strcmp(key, "nameserver") == 0 &&
		    parse_address(value, servers->addr[servers->count])) {
			servers->count++;
		}
	}
	if (servers->count == 0) {
		memcpy(servers->addr[servers->count++], local4, sizeof(local4));
	}
}

int enc_name_servers_read(struct enc_name_servers *servers)
{
	static char text[FILE_MAX_BYTES];
	enc_autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) < 0) {
		return -errno;
	}
	if (!S_ISREG(status.st_mode)) {
		return -EINVAL;
	}
	if (servers->count > 0 && status.st_ino == servers->inode &&
	    status.st_mtim.tv_sec == servers->changed.tv_sec &&
	    status.st_mtim.tv_nsec == servers->changed.tv_nsec) {
		return 0;
	}
	got = read(fd, text, sizeof(text) - 1);
	if (got < 0) {
		return -errno;
	}
	text[got] = '\0';
	enc_name_servers_parse(text, servers);
	servers->changed = status.st_mtim;
	servers->inode = status.st_ino;
	return 1;
}
