#ifndef ENC_SANDBOX_NAME_SERVERS_H
#define ENC_SANDBOX_NAME_SERVERS_H

/* The name servers of /etc/resolv.conf (resolv.conf(5)), which root wrote. */

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "def.h"
#include "gate_order.h"

enum { ENC_NAME_SERVERS_MAX = ENC_GATE_SERVERS_MAX };

/* An all-zero struct has no servers. */
struct enc_name_servers {
	size_t count;
	uint8_t addr[ENC_NAME_SERVERS_MAX][16];
	/* What the file was when it was read. */
	struct timespec changed;
	ino_t inode;
};

/*
 * enc_name_servers_read() - read the file, unless it is as it was
 *
 * Return: 1 if it was read; 0 if it hasn't changed; a negative errno, and the
 * servers stay
 */
ENC_NODISCARD int enc_name_servers_read(struct enc_name_servers *servers);

/*
 * enc_name_servers_parse() - find the addresses of servers in a text. Servers
 * with a zone are left out. Without any the local machine is the server.
 */
void enc_name_servers_parse(const char *text, struct enc_name_servers *servers);

#endif
