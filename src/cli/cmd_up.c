#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "plane.h"

struct options {
	struct enc_common_options base;
	const char *listen;
	const char *socket;
	const char *state_dir;
	const char *environments;
	const char *backend;
	const char *internal;
	const char *ca_file;
	const char *key_command;
	bool lost_memory;
	const char *pool;
	const char *overcommit;
	const char *keep_days;
	bool access_log;
};

/* These options are passed to enclaved, which checks their values. */
#define AT(field) offsetof(struct options, field)
static const struct enc_option rows[] = {
	{ "listen", 0, ENC_OPTION_TEXT, AT(listen), "HOST:PORT", NULL,
	  "TCP address; :PORT is on 127.0.0.1, none for none (default "
	  "127.0.0.1:8090)" },
	{ "socket", 0, ENC_OPTION_TEXT, AT(socket), "PATH", NULL,
	  "Unix socket (default /run/enclave/enclave.sock)" },
	{ "state-dir", 0, ENC_OPTION_TEXT, AT(state_dir), "DIR", NULL,
	  "What outlives the server (default /var/lib/enclave)" },
	{ "environments", 0, ENC_OPTION_TEXT, AT(environments), "DIR", NULL,
	  "Environments (default /var/lib/enclave/environments)" },
	{ "backend", 0, ENC_OPTION_TEXT, AT(backend), "LIST", NULL,
	  "gvisor, native, a list of both whose first is the default, or "
	  "simulator (default: both where there is a runsc)" },
	{ "internal", 0, ENC_OPTION_TEXT, AT(internal), "CIDRS", NULL,
	  "Private networks that allowlists and bindings may name, such as "
	  "10.1.0.0/16" },
	{ "ca-file", 0, ENC_OPTION_TEXT, AT(ca_file), "FILE", NULL,
	  "CAs in PEM that may sign certificates of upstreams (default: the "
	  "system's)" },
	{ "master-key-command", 0, ENC_OPTION_TEXT, AT(key_command), "COMMAND",
	  NULL, "Prints the vault's master keys, in place of vault-key" },
	{ "accept-lost-memory", 0, ENC_OPTION_FLAG, AT(lost_memory), NULL, NULL,
	  "Start although the vault's memory is lost; see docs/vault.md" },
	{ "pool", 0, ENC_OPTION_TEXT, AT(pool), "N", NULL,
	  "Sandboxes that wait, started, per environment and language "
	  "(default 2)" },
	{ "overcommit", 0, ENC_OPTION_TEXT, AT(overcommit), "FACTOR", NULL,
	  "Sessions run while all that they may use is at most so many times "
	  "the machine's memory; the others wait (default 1.5)" },
	{ "keep-days", 0, ENC_OPTION_TEXT, AT(keep_days), "N", NULL,
	  "Remove records that are so old; 0, the default, keeps them" },
	{ "access-log", 0, ENC_OPTION_FLAG, AT(access_log), NULL, NULL,
	  "Log a line for each request" },
};
#undef AT

/*
 * url_of() - make a URL that works here from the address of --listen
 * @ret_open: whether other machines can connect
 */
static char *url_of(const char *listen, bool *ret_open)
{
	const char *colon = strrchr(listen, ':');
	size_t length = colon == NULL ? 0 : (size_t)(colon - listen);
	static const char *const all[] = { "*", "0.0.0.0", "[::]" };

	*ret_open = strncmp(listen, "127.", 4) != 0 &&
		    strncmp(listen, "[::1]", 5) != 0 &&
		    strncmp(listen, "localhost:", 10) != 0 && length > 0;
	for (size_t i = 0; i < ENC_COUNT(all); i++) {
		if (length == strlen(all[i]) &&
		    memcmp(listen, all[i], length) == 0) {
			length = 0;
		}
	}
	return enc_xprintf("http://%.*s%s", length == 0 ? 9 : (int)length,
			   length == 0 ? "127.0.0.1" : listen,
			   colon == NULL ? "" : colon);
}

/* banner() - print the server's addresses and the commands to try next */
static void banner(struct enc_cli *cli, const struct options *options)
{
	const char *socket = options->socket == NULL
				     ? "/run/enclave/enclave.sock"
				     : options->socket;
	const char *listen =
		options->listen == NULL ? "127.0.0.1:8090" : options->listen;
	bool tcp = strcmp(listen, "none") != 0;
	bool open;
	enc_autofree char *url = url_of(listen, &open);

	(void)fprintf(cli->out, "Enclave serves; Ctrl-C ends it.\n\n");
	(void)fprintf(cli->out, "  here, without a key   unix:%s\n", socket);
	if (tcp) {
		(void)fprintf(cli->out, "  over TCP, with a key  %s\n", url);
	}
	if (tcp && open) {
		(void)fprintf(cli->out,
			      "\nOther machines can connect. Keys cross the "
			      "network in plain HTTP, so put a\nproxy with TLS "
			      "in front of it.\n");
	}
	(void)fprintf(cli->out, "\nIn another terminal:\n\n");
	if (options->socket != NULL || !tcp) {
		(void)fprintf(cli->out, "  export ENCLAVE_BASE_URL=unix:%s\n",
			      socket);
	}
	if (tcp) {
		(void)fprintf(cli->out,
			      "  export ENCLAVE_API_KEY=$(enclave keys create "
			      "--org my-team)\n"
			      "  export ENCLAVE_BASE_URL=%s\n",
			      url);
	}
	(void)fprintf(cli->out, "  enclave run hello.py\n\n");
	(void)fflush(cli->out);
}

/*
 * start_banner() - have a process print the banner once the server is ready
 * @ret_fd: descriptor that gets a line then
 *
 * This process becomes enclaved, so the other one must not be its child: it
 * would stay a zombie.
 */
static int start_banner(struct enc_cli *cli, const struct options *options,
			int *ret_fd)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0) {
		return -errno;
	}
	child = fork();
	if (child == 0 && fork() == 0) {
		char byte;

		(void)close(ends[1]);
		if (read(ends[0], &byte, 1) == 1) {
			banner(cli, options);
		}
		_exit(0);
	}
	if (child == 0) {
		_exit(0);
	}
	(void)close(ends[0]);
	if (child < 0 || waitpid(child, NULL, 0) < 0) {
		(void)close(ends[1]);
		return -errno;
	}
	*ret_fd = ends[1];
	return 0;
}

/* run() - `enclave up`: become enclaved by execv(); returns only on failure */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
	char ready[16];
	int ready_fd = -1;
	int r = options->base.json ? 0 : start_banner(cli, options, &ready_fd);
	const char *const values[][2] = {
		{ "--listen", options->listen },
		{ "--socket", options->socket },
		{ "--state-dir", options->state_dir },
		{ "--environments", options->environments != NULL
					    ? options->environments
					    : getenv("ENCLAVE_ENVIRONMENTS") },
		{ "--backend", options->backend != NULL
				       ? options->backend
				       : getenv("ENCLAVE_BACKEND") },
		{ "--internal", options->internal },
		{ "--ca-file", options->ca_file },
		{ "--master-key-command", options->key_command },
		{ "--pool", options->pool },
		{ "--overcommit", options->overcommit },
		{ "--keep-days", options->keep_days },
		{ "--ready-fd", ready_fd < 0 ? NULL : ready },
	};
	enc_autofree char *program = enc_plane_sibling("enclaved");
	char *words[2 * ENC_COUNT(values) + 4] = { program };
	size_t count = 1;

	(void)snprintf(ready, sizeof(ready), "%d", ready_fd);
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"a process can't be started: %s", strerror(-r));
	}
	if (program == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"enclaved is neither beside this program nor "
				"in /usr/lib/enclave: install it");
	}
	for (size_t i = 0; i < ENC_COUNT(values); i++) {
		if (values[i][1] != NULL) {
			memcpy(&words[count], values[i], sizeof(values[i]));
			count += 2;
		}
	}
	if (options->access_log) {
		static char word[] = "--access-log";

		words[count++] = word;
	}
	if (options->lost_memory) {
		static char word[] = "--accept-lost-memory";

		words[count] = word;
	}
	(void)execv(program, words);
	return enc_fail(err, ENC_UNAVAILABLE, "%.150s can't be started: %s",
			program, strerror(errno));
}

const struct enc_command enc_cmd_up = {
	.name = "up",
	.arguments = "",
	.summary = "Start a server here, in the foreground",
	.text = "It becomes enclaved, which needs root unless --backend is "
		"simulator. Its log,\none JSON object a line, is on standard "
		"error. --json leaves the banner out.",
	.options = rows,
	.option_count = ENC_COUNT(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
