#include <stddef.h>

#include "options.h"

enum kind { TEXT, NUMBER, FLAG, THOUSANDTHS };
enum {
	DESCRIPTOR_LEAST = 3,
	DESCRIPTOR_MOST = 1023,
	POOL_MOST = 64,
	THOUSAND = 1000,
	OVERCOMMIT_LEAST = THOUSAND / 10,
	OVERCOMMIT_MOST = 100 * THOUSAND,
	KEEP_DAYS_MOST = 36500
};

/* One row per option. A test compares the manual page with these rows. */
static const struct option_row {
	const char *name;
	enum kind kind;
	const char *value; /* name of the value; NULL for a flag */
	const char *given; /* default value, as the help shows it */
	size_t offset;
	int least; /* smallest value of a number */
	int most;
	const char *text;
} rows[] = {
	{ "--state-dir", TEXT, "DIR", "/var/lib/enclave",
	  offsetof(struct enc_options, state_dir), 0, 0,
	  "where sessions and the audit log are kept; one server at a time" },
	{ "--environments", TEXT, "DIR", "/var/lib/enclave/environments",
	  offsetof(struct enc_options, environments), 0, 0,
	  "the store of environments that tools/mkenv fills" },
	{ "--listen", TEXT, "HOST:PORT", "127.0.0.1:8090",
	  offsetof(struct enc_options, listen), 0, 0,
	  "TCP address, where every request needs a key; none: no TCP" },
	{ "--socket", TEXT, "PATH", "/run/enclave/enclave.sock",
	  offsetof(struct enc_options, socket), 0, 0,
	  "unix socket for this user and root, where no key is needed" },
	{ "--backend", TEXT, "LIST", "auto",
	  offsetof(struct enc_options, backend), 0, 0,
	  "gvisor, native or both as a list, the first being the default; auto: "
	  "both where there is a runsc, else native; simulator runs nothing and "
	  "says so" },
	{ "--runsc", TEXT, "PATH", NULL, offsetof(struct enc_options, runsc), 0,
	  0,
	  "gVisor's runsc, root's own (default: the one beside enclaved, "
	  "/var/lib/enclave/bin, PATH)" },
	{ "--internal", TEXT, "CIDRS", NULL,
	  offsetof(struct enc_options, internal), 0, 0,
	  "networks with a comma between them, such as 10.1.0.0/16, that "
	  "allowlists and bindings may name although they are private" },
	{ "--ca-file", TEXT, "FILE", NULL,
	  offsetof(struct enc_options, ca_file), 0, 0,
	  "CAs in PEM that may sign the certificates of upstreams "
	  "(default: /etc/ssl/certs/ca-certificates.crt)" },
	{ "--pool", NUMBER, "N", "2", offsetof(struct enc_options, pool), 0,
	  POOL_MOST,
	  "sandboxes that wait, started, for each environment and language in "
	  "use; 0: none" },
	{ "--overcommit", THOUSANDTHS, "FACTOR", "1.5",
	  offsetof(struct enc_options, overcommit), OVERCOMMIT_LEAST,
	  OVERCOMMIT_MOST,
	  "sessions run as long as all that they may use is at most so many "
	  "times the machine's memory; the others wait" },
	{ "--ready-fd", NUMBER, "N", NULL,
	  offsetof(struct enc_options, ready_fd), DESCRIPTOR_LEAST,
	  DESCRIPTOR_MOST,
	  "write a line to this descriptor once requests are served" },
	{ "--keep-days", NUMBER, "N", "0",
	  offsetof(struct enc_options, keep_days), 0, KEEP_DAYS_MOST,
	  "remove the records of sessions that were created so many days ago; "
	  "0: keep them" },
	{ "--master-key-command", TEXT, "COMMAND", NULL,
	  offsetof(struct enc_options, master_key_command), 0, 0,
	  "prints the vault's master keys, in place of the file vault-key" },
	{ "--accept-lost-memory", FLAG, NULL, NULL,
	  offsetof(struct enc_options, accept_lost_memory), 0, 0,
	  "start although the vault's memory is lost: old and revoked records "
	  "of bindings can be opened again" },
	{ "--access-log", FLAG, NULL, NULL,
	  offsetof(struct enc_options, access_log), 0, 0,
	  "log a line for each request: name, status, bytes, time, caller" },
	{ "--api", TEXT, "PATH", NULL, offsetof(struct enc_options, api), 0, 0,
	  "start this program, a static one, instead of the enclave-api beside "
	  "enclaved" },
	{ "--check", FLAG, NULL, NULL, offsetof(struct enc_options, check), 0,
	  0, "print as JSON what this machine can enforce, and end" },
	{ "--failpoints", FLAG, NULL, NULL,
	  offsetof(struct enc_options, failpoints), 0, 0,
	  "print where ENCLAVE_FAILPOINT=NAME[:N] has a program killed, for "
	  "tests" },
	{ "--version", FLAG, NULL, NULL, offsetof(struct enc_options, version),
	  0, 0, "print the version" },
	{ "--help", FLAG, NULL, NULL, offsetof(struct enc_options, help), 0, 0,
	  "print this" },
};

static const struct option_row *find(const char *name, size_t length)
{
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (strlen(rows[i].name) == length &&
		    strncmp(rows[i].name, name, length) == 0) {
			return &rows[i];
		}
	}
	return NULL;
}

static enum enc_code set_number(int *member, const struct option_row *row,
				const char *value, struct enc_error *err)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (end == value || *end != '\0' || number < row->least ||
	    number > row->most) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%s is '%s', not a number %d to %d", row->name,
				value, row->least, row->most);
	}
	*member = (int)number;
	return ENC_OK;
}

/* set_thousandths() - read a decimal number such as 1.5 */
static enum enc_code set_thousandths(int *member, const struct option_row *row,
				     const char *value, struct enc_error *err)
{
	char *end;
	double number = strtod(value, &end) * THOUSAND;

	if (strspn(value, "0123456789.") != strlen(value) || *end != '\0' ||
	    !(number >= row->least && number <= row->most)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"%s is '%s', not a number %g to %g", row->name,
				value, (double)row->least / THOUSAND,
				(double)row->most / THOUSAND);
	}
	*member = (int)(number + 0.5);
	return ENC_OK;
}

/* set() - store a value in the row's member */
static enum enc_code set(struct enc_options *options,
			 const struct option_row *row, const char *value,
			 struct enc_error *err)
{
	char *member = (char *)options + row->offset;
	bool on = true;

	switch (row->kind) {
	case TEXT:
		memcpy(member, &value, sizeof(value));
		return ENC_OK;
	case NUMBER:
		return set_number((int *)(void *)member, row, value, err);
	case THOUSANDTHS:
		return set_thousandths((int *)(void *)member, row, value, err);
	case FLAG:
		memcpy(member, &on, sizeof(on));
		return ENC_OK;
	}
	return ENC_OK;
}

enum enc_code enc_options_parse(int argc, char **argv,
				struct enc_options *ret_options,
				struct enc_error *err)
{
	struct enc_options options = { .ready_fd = -1 };
	enum enc_code code = ENC_OK;

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].given != NULL) {
			code = set(&options, &rows[i], rows[i].given, err);
		}
	}
	for (int i = 1; code == ENC_OK && i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t length = equals == NULL ? strlen(argv[i])
					       : (size_t)(equals - argv[i]);
		const struct option_row *row = find(argv[i], length);
		const char *value = equals == NULL ? NULL : equals + 1;

		if (row == NULL) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"there is no option %s; see enclaved "
					"--help",
					argv[i]);
		}
		if (row->kind == FLAG && value != NULL) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"%s takes no value", row->name);
		}
		if (row->kind != FLAG && value == NULL && ++i < argc) {
			value = argv[i];
		}
		if (row->kind != FLAG && (value == NULL || *value == '\0')) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"%s needs a value: %s", row->name,
					row->value);
		}
		code = set(&options, row, value, err);
	}
	if (code == ENC_OK) {
		*ret_options = options;
	}
	return code;
}

void enc_options_help(void)
{
	printf("usage: enclaved [OPTION ...]\n\n"
	       "Starts Enclave: the API, and a sandbox for every session.\n\n");
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const struct option_row *row = &rows[i];
		char name[64];

		(void)snprintf(name, sizeof(name), "%s%s%s", row->name,
			       row->value == NULL ? "" : " ",
			       row->value == NULL ? "" : row->value);
		printf("  %-22s %s\n", name, row->text);
		if (row->given != NULL) {
			printf("  %-22s (default %s)\n", "", row->given);
		}
	}
	printf("\nNative sandboxes need root; so does everything but "
	       "--backend simulator.\n");
}
