#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init_command.h"

#define WORKLOAD "/workload/"

enum { PREFIX_MAX = 4 };

/* The arguments before the entry; COMMAND has none. */
static const char *const prefixes[ENC_LANGUAGE_MAX][PREFIX_MAX] = {
	[ENC_LANGUAGE_PYTHON] = { "/usr/bin/python3",
				  "/usr/lib/enclave/harness.py" },
	[ENC_LANGUAGE_NODE] = { "/usr/bin/node",
				"/usr/lib/enclave/harness.js" },
};

static const char *const defaults[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin",
	"HOME=/work",
	"LANG=C.UTF-8",
};

/* Writes pointers and texts into one allocation: pointers first, then texts. */
struct writer {
	char **slot;
	char *text;
};

static void put(struct writer *to, const char *before, struct enc_text text)
{
	size_t length = strlen(before);

	*to->slot++ = to->text;
	memcpy(to->text, before, length);
	memcpy(to->text + length, text.bytes, text.length);
	to->text += length + text.length;
	*to->text++ = '\0';
}

/* has_name() - whether LAUNCH sets the variable of @row */
static bool has_name(const struct enc_message_launch *launch, const char *row)
{
	size_t length = (size_t)(strchr(row, '=') - row) + 1;

	for (size_t i = 0; i < launch->env_count; i++) {
		if (launch->env[i].length >= length &&
		    memcmp(launch->env[i].bytes, row, length) == 0) {
			return true;
		}
	}
	return false;
}

/* room() - bytes for all pointers and texts */
static size_t room(const struct enc_message_launch *launch, size_t slots)
{
	size_t size = slots * sizeof(char *) + sizeof(WORKLOAD) +
		      launch->entry.length;

	for (size_t i = 0; i < launch->argv_count; i++) {
		size += launch->argv[i].length + 1;
	}
	for (size_t i = 0; i < launch->env_count; i++) {
		size += launch->env[i].length + 1;
	}
	for (size_t i = 0; i < ENC_COUNT(defaults); i++) {
		size += strlen(defaults[i]) + 1;
	}
	for (size_t i = 0; i < PREFIX_MAX; i++) {
		const char *prefix = prefixes[launch->language][i];

		size += prefix == NULL ? 0 : strlen(prefix) + 1;
	}
	return size;
}

int enc_init_command_make(const struct enc_message_launch *launch,
			  struct enc_init_command *ret_command)
{
	const struct enc_text nothing = { "", 0 };
	size_t slots = PREFIX_MAX + 1 + launch->argv_count + 1 +
		       launch->env_count + ENC_COUNT(defaults) + 1;
	/* The size is bounded, as all texts come from one frame. */
	char *memory = enc_xalloc(room(launch, slots));
	struct writer to;

	to.slot = (char **)(void *)memory;
	to.text = memory + slots * sizeof(char *);
	ret_command->memory = memory;
	ret_command->argv = to.slot;
	for (size_t i = 0; i < PREFIX_MAX; i++) {
		const char *prefix = prefixes[launch->language][i];

		if (prefix != NULL) {
			put(&to, prefix, nothing);
		}
	}
	if (launch->entry.length > 0) {
		put(&to, WORKLOAD, launch->entry);
	}
	for (size_t i = 0; i < launch->argv_count; i++) {
		put(&to, "", launch->argv[i]);
	}
	to.slot++; /* the slot is NULL already */
	ret_command->env = to.slot;
	for (size_t i = 0; i < ENC_COUNT(defaults); i++) {
		if (!has_name(launch, defaults[i])) {
			put(&to, defaults[i], nothing);
		}
	}
	for (size_t i = 0; i < launch->env_count; i++) {
		put(&to, "", launch->env[i]);
	}
	return 0;
}

void enc_init_command_done(struct enc_init_command *command)
{
	free(command->memory);
	*command = (struct enc_init_command){ 0 };
}
