#include <endian.h>
#include <errno.h>
#include <string.h>

#include "init_waiting.h"

/* Interpreter and entry are the first two arguments. */
enum { BEHIND_ENTRY = 2 };

/*
 * Variables that the dynamic linker, libc, python or node read while they
 * start, or only once. A '*' ends a prefix.
 *
 * HOME also matters, since modules of a user lie below it. Every LAUNCH sets
 * HOME, so it counts only if it differs from that of the waiting interpreter.
 */
static const char *const names[] = {
	"LD_*",	       "GLIBC_*",     "MALLOC_*",   "GCONV_PATH", "LOCPATH",
	"NLSPATH",     "LANG",	      "LANGUAGE",   "LC_*",	  "TZ",
	"TZDIR",       "PYTHON*",     "__PYVENV_*", "NODE_*",	  "UV_*",
	"OPENSSL_*",   "SSL_*",	      "ICU_*",	    "V8_*",	  "RES_OPTIONS",
	"HOSTALIASES", "LOCALDOMAIN", "RESOLV_*",   "PATH",
};
static const char home[] = "HOME=/work";

/*
 * Files and directories of HOME, which is /work, that python and node look for
 * while they start: modules, and node's settings for the files beside them.
 */
static const char *const places[] = { ".local", ".node_modules",
				      ".node_libraries", "package.json" };

static bool acts(struct enc_text variable, const char *row)
{
	size_t length = strlen(row);
	bool prefix = row[length - 1] == '*';

	length -= prefix ? 1 : 0;
	return variable.length > length &&
	       memcmp(variable.bytes, row, length) == 0 &&
	       (prefix || variable.bytes[length] == '=');
}

bool enc_init_waiting_launch_acts(const struct enc_message_launch *launch)
{
	const char *entry = enc_language_info(launch->language)->entry;

	if (entry == NULL || launch->entry.length != strlen(entry) ||
	    memcmp(launch->entry.bytes, entry, launch->entry.length) != 0) {
		return true;
	}
	for (size_t i = 0; i < launch->env_count; i++) {
		struct enc_text one = launch->env[i];

		if (acts(one, "HOME") &&
		    (one.length != strlen(home) ||
		     memcmp(one.bytes, home, one.length) != 0)) {
			return true;
		}
		for (size_t j = 0; j < ENC_COUNT(names); j++) {
			if (acts(one, names[j])) {
				return true;
			}
		}
	}
	return false;
}

bool enc_init_waiting_file_acts(const struct enc_message_file *file)
{
	for (size_t i = 0; i < ENC_COUNT(places); i++) {
		size_t length = strlen(places[i]);

		if (file->root == ENC_FILE_WORK &&
		    file->path.length >= length &&
		    memcmp(file->path.bytes, places[i], length) == 0 &&
		    (file->path.length == length ||
		     file->path.bytes[length] == '/')) {
			return true;
		}
	}
	return false;
}

static int put_all(struct enc_buf *go, char *const *texts)
{
	int r = 0;

	for (size_t i = 0; r == 0 && texts[i] != NULL; i++) {
		r = enc_buf_append(go, texts[i], strlen(texts[i]) + 1);
	}
	return r;
}

int enc_init_waiting_go(const struct enc_init_command *command,
			struct enc_buf *ret_go)
{
	uint32_t head[2] = { 0, 0 };
	size_t count = 0;
	size_t size = 0;
	int r;

	for (size_t i = 0; command->argv[i] != NULL; i++) {
		if (i >= BEHIND_ENTRY) {
			count++;
			size += strlen(command->argv[i]) + 1;
		}
	}
	for (size_t i = 0; command->env[i] != NULL; i++) {
		size += strlen(command->env[i]) + 1;
	}
	if (size > ENC_INIT_GO_MAX_BYTES) {
		return -E2BIG;
	}
	head[0] = htobe32((uint32_t)count);
	head[1] = htobe32((uint32_t)size);
	r = enc_buf_append(ret_go, head, sizeof(head));
	if (r == 0) {
		r = put_all(ret_go, command->argv + BEHIND_ENTRY);
	}
	return r < 0 ? r : put_all(ret_go, command->env);
}
