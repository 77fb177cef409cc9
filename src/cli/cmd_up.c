#include <errno.h>
#include <string.h>
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
	const char *pool;
	const char *overcommit;
};

/* These options are passed to enclaved, which checks their values. */
#define AT(field) offsetof(struct options, field)
static const struct enc_option rows[] = {
	{ "listen", 0, ENC_OPTION_TEXT, AT(listen), "HOST:PORT", NULL,
	  "TCP address; none for none (default 127.0.0.1:8090)" },
	{ "socket", 0, ENC_OPTION_TEXT, AT(socket), "PATH", NULL,
	  "Unix socket (default /run/enclave/enclave.sock)" },
	{ "state-dir", 0, ENC_OPTION_TEXT, AT(state_dir), "DIR", NULL,
	  "What outlives the server (default /var/lib/enclave)" },
	{ "environments", 0, ENC_OPTION_TEXT, AT(environments), "DIR", NULL,
	  "Environments (default /var/lib/enclave/environments)" },
	{ "backend", 0, ENC_OPTION_TEXT, AT(backend), "LIST", NULL,
	  "gvisor, native, a list of both whose first is the default, or "
	  "simulator (default: both where there is a runsc)" },
	{ "pool", 0, ENC_OPTION_TEXT, AT(pool), "N", NULL,
	  "Sandboxes that wait, started, per environment and language "
	  "(default 2)" },
	{ "overcommit", 0, ENC_OPTION_TEXT, AT(overcommit), "FACTOR", NULL,
	  "Sessions run while all that they may use is at most so many times "
	  "the machine's memory; the others wait (default 1.5)" },
};
#undef AT

/* banner() - print the server's addresses and the commands to try next */
static void banner(struct enc_cli *cli, const struct options *options)
{
	const char *socket = options->socket == NULL
				     ? "/run/enclave/enclave.sock"
				     : options->socket;
	const char *listen =
		options->listen == NULL ? "127.0.0.1:8090" : options->listen;
	bool tcp = strcmp(listen, "none") != 0;

	(void)fprintf(cli->out, "Enclave is starting; Ctrl-C ends it.\n\n");
	(void)fprintf(cli->out, "  here, without a key   unix:%s\n", socket);
	if (tcp) {
		(void)fprintf(cli->out, "  over TCP, with a key  http://%s\n",
			      listen);
	}
	(void)fprintf(cli->out, "\nIn another terminal:\n\n");
	if (options->socket != NULL) {
		(void)fprintf(cli->out, "  export ENCLAVE_BASE_URL=unix:%s\n",
			      socket);
	}
	if (tcp) {
		(void)fprintf(cli->out,
			      "  export ENCLAVE_API_KEY=$(enclave keys create "
			      "--org my-team)\n"
			      "  export ENCLAVE_BASE_URL=http://%s\n",
			      listen);
	} else if (options->socket == NULL) {
		(void)fprintf(cli->out, "  export ENCLAVE_BASE_URL=unix:%s\n",
			      socket);
	}
	(void)fprintf(cli->out, "  enclave run hello.py\n\n");
	(void)fflush(cli->out);
}

/* run() - `enclave up`: become enclaved by execv(); returns only on failure */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct options *options = call->options;
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
		{ "--pool", options->pool },
		{ "--overcommit", options->overcommit },
	};
	enc_autofree char *program = enc_plane_sibling("enclaved");
	char *words[2 * ENC_COUNT(values) + 2] = { program };
	size_t count = 1;

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
	if (!options->base.json) {
		banner(cli, options);
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
