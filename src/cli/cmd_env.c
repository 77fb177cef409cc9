#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "fetch.h"
#include "print.h"

/* The store of environments, unless ENCLAVE_ENVIRONMENTS names another. */
static const char default_store[] = "/var/lib/enclave/environments";

enum { DIGEST_HEX = 64 };

/*
 * load_manifest() - read what mkenv wrote about the environment of a digest;
 * NULL if the store of this machine has no such environment. The caller drops
 * the reference.
 */
static json_t *load_manifest(const char *digest)
{
	static const char kind[] = "sha256:";
	const char *store = getenv("ENCLAVE_ENVIRONMENTS");
	enc_autofree char *path = NULL;

	if (strncmp(digest, kind, strlen(kind)) != 0) {
		return NULL;
	}
	digest += strlen(kind);
	if (strlen(digest) != DIGEST_HEX ||
	    strspn(digest, "0123456789abcdef") != DIGEST_HEX) {
		return NULL; /* the server's word becomes part of a path */
	}
	path = enc_xprintf("%s/sha256-%s/manifest.json",
			   store != NULL && *store != '\0' ? store
							   : default_store,
			   digest);
	return json_load_file(path, 0, NULL);
}

/* add_sizes() - add the size and the number of packages of an environment */
static void add_sizes(json_t *row)
{
	json_t *manifest = load_manifest(enc_json_text(row, "digest"));
	const json_t *bytes = json_object_get(manifest, "bytes");
	const json_t *packages = json_object_get(manifest, "packages");

	if (json_is_integer(bytes) && json_is_object(packages)) {
		(void)json_object_set_new(
			row, "size",
			json_sprintf("%lld MiB",
				     json_integer_value(bytes) >> 20));
		(void)json_object_set_new(
			row, "packages",
			json_integer((json_int_t)json_object_size(packages)));
	}
	json_decref(manifest);
}

/* show() - print the environments as a table */
static void show(struct enc_cli *cli, const json_t *reply)
{
	static const struct enc_print_column columns[] = {
		{ "NAME", "name", 16 },	   { "LANGUAGES", "languages", 20 },
		{ "SIZE", "size", 10 },	   { "PACKAGES", "packages", 9 },
		{ "DIGEST", "digest", 0 },
	};
	json_t *rows = json_deep_copy(json_object_get(reply, "environments"));
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		add_sizes(row);
	}
	enc_print_table(cli->out, columns, ENC_COUNT(columns), rows);
	json_decref(rows);
}

/* run() - `enclave env list`: get the environments and print them */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "GET",
						.collection = "environments",
						.tail = "",
						.show = show,
						.or_private = true };

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_env_list = {
	.name = "env list",
	.arguments = "",
	.summary = "List the environments that a session can have",
	.options_size = sizeof(struct enc_common_options),
	.run = run,
};
