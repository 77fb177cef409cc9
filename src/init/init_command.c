#include <stdlib.h>
#include <string.h>

#include "init_command.h"

/* Files of interpreters, and variables that make them read runner/. */
static const struct interpreter {
	const char *file;
	const char *options; /* a variable with its first value, or NULL */
} interpreters[ENC_LANGUAGE_MAX] = {
	/* python3 reads runner/python from its own directories. */
	[ENC_LANGUAGE_PYTHON] = { "/usr/bin/python3", NULL },
	[ENC_LANGUAGE_NODE] = { "/usr/bin/node",
				"NODE_OPTIONS="
				"--require=/usr/lib/enclave/start.js" },
};

static const char *const roles[] = {
	[ENC_INIT_ROLE_WAIT] = "ENCLAVE_START=wait",
	[ENC_INIT_ROLE_RUN] = "ENCLAVE_START=run",
};

static const char *const defaults[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin",
	"HOME=/work",
	"LANG=C.UTF-8",
	"USER=enclave",
	"LOGNAME=enclave",
};

enum {
	/* Interpreter, entry and the NULL of either array. */
	EXTRA_SLOTS = 4,
	/* Role and options. */
	ROLE_SLOTS = 2,
};

/* Writes pointers and texts into one allocation: pointers first, then texts. */
struct writer {
	char **slot;
	char *text;
};

static void add(struct writer *to, const char *bytes, size_t length)
{
	memcpy(to->text, bytes, length);
	to->text += length;
}

static void put(struct writer *to, const char *text)
{
	*to->slot++ = to->text;
	add(to, text, strlen(text) + 1);
}

static void put_text(struct writer *to, struct enc_text text)
{
	*to->slot++ = to->text;
	add(to, text.bytes, text.length);
	*to->text++ = '\0';
}

/* same_name() - whether @variable sets the variable of @row, "NAME=..." */
static bool same_name(struct enc_text variable, const char *row)
{
	size_t length = (size_t)(strchr(row, '=') - row) + 1;

	return variable.length >= length &&
	       memcmp(variable.bytes, row, length) == 0;
}

static bool has_name(const struct enc_message_launch *launch, const char *row)
{
	for (size_t i = 0; i < launch->env_count; i++) {
		if (same_name(launch->env[i], row)) {
			return true;
		}
	}
	return false;
}

/* room() - upper bound of the bytes for all pointers and texts */
static size_t room(const struct enc_message_launch *launch, size_t slots)
{
	const struct interpreter *row = &interpreters[launch->language];
	const char *name = enc_language_info(launch->language)->interpreter;
	size_t size = slots * sizeof(char *) + launch->entry.length + 1;

	for (size_t i = 0; i < launch->argv_count; i++) {
		size += launch->argv[i].length + 1;
	}
	for (size_t i = 0; i < launch->env_count; i++) {
		size += launch->env[i].length + 1;
	}
	for (size_t i = 0; i < ENC_COUNT(defaults); i++) {
		size += strlen(defaults[i]) + 1;
	}
	if (name != NULL) {
		size += strlen(name) + 1 + sizeof("ENCLAVE_START=wait");
		size += row->options == NULL ? 0 : strlen(row->options) + 1;
	}
	return size;
}

static void put_argv(struct writer *to, const struct enc_message_launch *launch)
{
	const char *name = enc_language_info(launch->language)->interpreter;

	if (name != NULL) {
		put(to, name);
		put_text(to, launch->entry);
	}
	for (size_t i = 0; i < launch->argv_count; i++) {
		put_text(to, launch->argv[i]);
	}
}

/*
 * put_options() - put the variable of options, followed by the value that LAUNCH
 * gives it
 */
static void put_options(struct writer *to, const char *options,
			const struct enc_message_launch *launch)
{
	size_t name = (size_t)(strchr(options, '=') - options) + 1;

	put(to, options);
	for (size_t i = 0; i < launch->env_count; i++) {
		struct enc_text one = launch->env[i];

		if (same_name(one, options)) {
			to->text[-1] = ' ';
			add(to, one.bytes + name, one.length - name);
			*to->text++ = '\0';
			return; /* the first one of a name counts */
		}
	}
}

static void put_env(struct writer *to, const struct enc_message_launch *launch,
		    enum enc_init_role role)
{
	const struct interpreter *row = &interpreters[launch->language];
	const char *options = role == ENC_INIT_ROLE_TOLD ? NULL : row->options;

	for (size_t i = 0; i < ENC_COUNT(defaults); i++) {
		if (!has_name(launch, defaults[i])) {
			put(to, defaults[i]);
		}
	}
	if (row->file != NULL && role != ENC_INIT_ROLE_TOLD) {
		put(to, roles[role]);
	}
	if (options != NULL) {
		put_options(to, options, launch);
	}
	for (size_t i = 0; i < launch->env_count; i++) {
		if (options == NULL || !same_name(launch->env[i], options)) {
			put_text(to, launch->env[i]);
		}
	}
}

void enc_init_command_make(const struct enc_message_launch *launch,
			   enum enc_init_role role,
			   struct enc_init_command *ret_command)
{
	size_t slots = EXTRA_SLOTS + launch->argv_count + launch->env_count +
		       ENC_COUNT(defaults) + ROLE_SLOTS;
	/* The size is bounded, as all texts come from one frame. */
	char *memory = enc_xalloc(room(launch, slots));
	struct writer to;

	to.slot = (char **)(void *)memory;
	to.text = memory + slots * sizeof(char *);
	ret_command->memory = memory;
	ret_command->argv = to.slot;
	put_argv(&to, launch);
	to.slot++; /* the slot is NULL already */
	ret_command->env = to.slot;
	put_env(&to, launch, role);
	ret_command->file = interpreters[launch->language].file;
	if (ret_command->file == NULL) {
		ret_command->file = ret_command->argv[0];
	}
}

void enc_init_command_done(struct enc_init_command *command)
{
	free(command->memory);
	*command = (struct enc_init_command){ 0 };
}
