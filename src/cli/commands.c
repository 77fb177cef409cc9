#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "cmd.h"
#include "command.h"
#include "exit_status.h"
#include "nearest.h"

const struct enc_command *const enc_commands[] = {
#define X(name) &enc_cmd_##name,
	ENC_CMDS(X)
#undef X
};

/* clang-tidy warns about sizeof of a pointer, but the elements are pointers. */
/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
const size_t enc_command_count = ENC_COUNT(enc_commands);

enum { OPTIONS_SIZE_MAX = 65536 };

/* words_matching() - number of @words that form the name; 0: another command */
static size_t words_matching(const struct enc_command *command,
			     const char *const *words)
{
	const char *space = strchr(command->name, ' ');
	size_t first = space == NULL ? strlen(command->name)
				     : (size_t)(space - command->name);

	if (words[0] == NULL || strlen(words[0]) != first ||
	    memcmp(words[0], command->name, first) != 0) {
		return 0;
	}
	if (space == NULL) {
		return 1;
	}
	return words[1] != NULL && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

/* first_word_is() - whether the first word of the command's name is @word */
static bool first_word_is(const struct enc_command *command, const char *word)
{
	size_t length = strlen(word);

	ENC_ASSERT(command != NULL);
	return strncmp(command->name, word, length) == 0 &&
	       (command->name[length] == ' ' || command->name[length] == '\0');
}

/*
 * find() - find the command that @words name, or NULL
 * @ret_used: number of words that its name takes
 *
 * A group's name alone means its list: `sessions` is `sessions list`.
 */
static const struct enc_command *find(const char *const *words,
				      size_t *ret_used)
{
	const struct enc_command *group = NULL;

	for (size_t i = 0; i < enc_command_count; i++) {
		*ret_used = words_matching(enc_commands[i], words);
		if (*ret_used > 0) {
			return enc_commands[i];
		}
		if (group == NULL && first_word_is(enc_commands[i], words[0]) &&
		    strstr(enc_commands[i]->name, " list") != NULL) {
			group = enc_commands[i];
		}
	}
	*ret_used = 1;
	return words[1] == NULL || words[1][0] == '-' ? group : NULL;
}

/* usage_line() - print, for example, "Usage: enclave keys list [options]" */
static void usage_line(const struct enc_command *command, FILE *out)
{
	(void)fprintf(out, "Usage: enclave %s [options]%s%s\n", command->name,
		      command->arguments[0] == '\0' ? "" : " ",
		      command->arguments);
}

/* help_of() - print the help of one command */
static void help_of(const struct enc_command *command, FILE *out)
{
	usage_line(command, out);
	(void)fprintf(out, "\n%s.\n", command->summary);
	if (command->text != NULL) {
		(void)fprintf(out, "%s\n", command->text);
	}
	(void)fprintf(out, "\nOptions:\n");
	enc_option_help(command->options, command->option_count, out);
	if (command->tell_more != NULL) {
		(void)fprintf(out, "\n");
		command->tell_more(out);
	}
}

/* help() - list the commands of @group with summaries; NULL: all commands */
static void help(const char *group, FILE *out)
{
	(void)fprintf(out, "Usage: enclave COMMAND [options]\n\nCommands:\n");
	for (size_t i = 0; i < enc_command_count; i++) {
		const struct enc_command *command = enc_commands[i];

		if (group == NULL || first_word_is(command, group)) {
			(void)fprintf(out, "  %-21s %s\n", command->name,
				      command->summary);
		}
	}
	(void)fprintf(out,
		      "\nenclave COMMAND --help tells more. A server is found "
		      "by ENCLAVE_BASE_URL\n(http://host:port or unix:/path) "
		      "and ENCLAVE_API_KEY.\n");
}

/* no_such_command() - fail, and name the command with the most similar name */
static enum enc_code no_such_command(const char *const *words,
				     struct enc_error *err)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;
	char typed[130];

	(void)snprintf(typed, sizeof(typed), "%.60s", words[0]);
	for (size_t i = 0; i < enc_command_count; i++) {
		const char *name = enc_commands[i]->name;
		char first[ENC_NEAREST_BYTES_MAX];

		if (first_word_is(enc_commands[i], words[0]) &&
		    words[1] != NULL) {
			(void)snprintf(typed, sizeof(typed), "%.60s %.60s",
				       words[0], words[1]);
		}
		(void)snprintf(first, sizeof(first), "%.*s",
			       (int)strcspn(name, " "), name);
		if (enc_nearest_better(words[0], first, &best) ||
		    enc_nearest_better(typed, name, &best)) {
			nearest = name;
		}
	}
	if (nearest == NULL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"there is no command '%s'; enclave --help "
				"lists them",
				typed);
	}
	return enc_fail(err, ENC_BAD_REQUEST,
			"there is no command '%s'; did you mean '%s'?", typed,
			nearest);
}

/* check_words() - check the number of arguments, and whether `--` is allowed */
static enum enc_code check_words(const struct enc_command *command,
				 const struct enc_call *call,
				 struct enc_error *err)
{
	const char *wanted = command->arguments[0] == '\0' ? "no argument"
							   : command->arguments;

	if (!command->takes_rest && call->dash_at < call->words->count) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"enclave %s takes nothing after --",
				command->name);
	}
	if (call->dash_at < command->words_min) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"enclave %s wants %s; --help tells more",
				command->name, wanted);
	}
	if (call->dash_at > command->words_max) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"enclave %s takes %s, '%.60s' is too much%s",
				command->name, wanted,
				call->words->word[command->words_max],
				command->takes_rest
					? "; arguments come after --"
					: "");
	}
	return ENC_OK;
}

/* dispatch() - parse the command's options, then run it or print its help */
static enum enc_code dispatch(struct enc_cli *cli,
			      const struct enc_command *command,
			      const char *const *words, struct enc_error *err)
{
	enc_autofree void *options = enc_xalloc(command->options_size);
	enc_autofree struct enc_words *plain = enc_xalloc(sizeof(*plain));
	const struct enc_common_options *common = options;
	struct enc_call call = { .options = options, .words = plain };
	enum enc_code code;

	ENC_ASSERT(command->options_size <= OPTIONS_SIZE_MAX);
	code = enc_option_parse(command->options, command->option_count, words,
				options, plain, &call.dash_at, err);
	if (common->help) {
		help_of(command, cli->out);
		return ENC_OK;
	}
	if (code == ENC_OK) {
		code = check_words(command, &call, err);
	}
	return code == ENC_OK ? command->run(cli, &call, err) : code;
}

/*
 * is_group() - whether @word begins names of commands, without being a command
 */
static bool is_group(const char *word)
{
	for (size_t i = 0; i < enc_command_count; i++) {
		if (first_word_is(enc_commands[i], word)) {
			return strcmp(enc_commands[i]->name, word) != 0;
		}
	}
	return false;
}

/* wants_help() - whether @word is NULL, `help`, `--help` or `-h` */
static bool wants_help(const char *word)
{
	return word == NULL || strcmp(word, "--help") == 0 ||
	       strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/*
 * top_level() - run `enclave` without a command, `enclave help [COMMAND]`, or
 * `enclave help --man|--completion`
 */
static enum enc_code top_level(struct enc_cli *cli, const char *const *words,
			       struct enc_error *err)
{
	const struct enc_command *command;
	size_t used;

	if (words[0] == NULL) {
		help(NULL, cli->notes);
		cli->exit_status = enc_code_info(ENC_BAD_REQUEST)->cli_exit;
		return ENC_OK;
	}
	if (words[1] == NULL) {
		help(NULL, cli->out);
		return ENC_OK;
	}
	if (strcmp(words[1], "--man") == 0) {
		enc_commands_manual(cli->out);
		return ENC_OK;
	}
	if (strcmp(words[1], "--completion") == 0) {
		enc_commands_completion(cli->out);
		return ENC_OK;
	}
	if (words[2] == NULL && is_group(words[1])) {
		help(words[1], cli->out);
		return ENC_OK;
	}
	command = find(words + 1, &used);
	if (command == NULL) {
		return no_such_command(words + 1, err);
	}
	help_of(command, cli->out);
	return ENC_OK;
}

/*
 * group_help() - print the help of a group, for `enclave audit` or `enclave
 * bindings --help`
 *
 * Return: false if @words ask for something else; nothing is printed then
 */
static bool group_help(struct enc_cli *cli, const char *const *words)
{
	if (!is_group(words[0]) ||
	    (words[1] != NULL && !wants_help(words[1]))) {
		return false;
	}
	help(words[0], words[1] == NULL ? cli->notes : cli->out);
	cli->exit_status =
		words[1] == NULL ? enc_code_info(ENC_BAD_REQUEST)->cli_exit : 0;
	return true;
}

/*
 * finish_output() - write out the rest of the output; fails if a part of it
 * could not be written
 *
 * If nobody reads the output any more, or a signal came while it was written,
 * only the exit status tells.
 */
static enum enc_code finish_output(struct enc_cli *cli, struct enc_error *err)
{
	int error = fflush(cli->out) == 0 ? 0 : errno;

	if (cli->out_writer.error != 0) {
		error = cli->out_writer.error;
	}
	if (error == EPIPE || error == EINTR) {
		cli->exit_status = 128 + (error == EPIPE ? SIGPIPE : SIGINT);
		return ENC_OK;
	}
	return error == 0 ? ENC_OK
			  : enc_fail(err, ENC_UNAVAILABLE,
				     "the output can't be written: %s",
				     strerror(error));
}

int enc_commands_main(struct enc_cli *cli, const char *const *words)
{
	static const char *const version[] = { "version", NULL };
	struct enc_error err = { 0 };
	const struct enc_command *command = NULL;
	enum enc_code code = ENC_OK;
	size_t used;

	if (words[0] != NULL && strcmp(words[0], "--version") == 0) {
		words = version; /* as other programs spell it */
	}
	if (wants_help(words[0])) {
		code = top_level(cli, words, &err);
	} else if (words[1] != NULL && wants_help(words[1]) &&
		   group_help(cli, words)) {
		code = ENC_OK;
	} else if ((command = find(words, &used)) != NULL) {
		code = dispatch(cli, command, words + used, &err);
	} else if (!group_help(cli, words)) {
		code = no_such_command(words, &err);
	}
	if (code == ENC_OK) {
		code = finish_output(cli, &err);
	} else {
		ENC_IGNORE(fflush(cli->out)); /* `err` tells more */
	}
	if (code != ENC_OK) {
		(void)fprintf(cli->notes, "enclave: %s\n", err.message);
		return command != NULL && command->usage_status != 0 &&
				       code == ENC_BAD_REQUEST
			       ? command->usage_status
			       : enc_exit_status_of(code);
	}
	return cli->exit_status;
}
