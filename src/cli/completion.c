#include <string.h>

#include "command.h"

/* is_first() - whether no earlier command has the same first word */
static bool is_first(size_t index, size_t length)
{
	const char *name = enc_commands[index]->name;

	for (size_t i = 0; i < index; i++) {
		if (strncmp(enc_commands[i]->name, name, length) == 0 &&
		    (enc_commands[i]->name[length] == ' ' ||
		     enc_commands[i]->name[length] == '\0')) {
			return false;
		}
	}
	return true;
}

/* print_options() - print the long options of a command and the common ones */
static void print_options(const struct enc_command *command, FILE *out)
{
	for (size_t i = 0; i < command->option_count; i++) {
		(void)fprintf(out, "--%s ", command->options[i].name);
	}
	for (size_t i = 0; i < ENC_COUNT(enc_common_option_rows); i++) {
		(void)fprintf(out, "%s--%s", i == 0 ? "" : " ",
			      enc_common_option_rows[i].name);
	}
}

/* print_words() - print the first words of all commands, each once */
static void print_words(FILE *out)
{
	for (size_t i = 0; i < enc_command_count; i++) {
		const char *name = enc_commands[i]->name;
		size_t length = strcspn(name, " ");

		if (is_first(i, length)) {
			(void)fprintf(out, "%.*s ", (int)length, name);
		}
	}
	(void)fprintf(out, "help --version");
}

/* print_groups() - print for each group of commands their second words */
static void print_groups(FILE *out)
{
	for (size_t i = 0; i < enc_command_count; i++) {
		const char *name = enc_commands[i]->name;
		size_t length = strcspn(name, " ");

		if (name[length] == '\0' || !is_first(i, length)) {
			continue;
		}
		(void)fprintf(out, "\t%.*s) words='", (int)length, name);
		for (size_t j = i; j < enc_command_count; j++) {
			const char *other = enc_commands[j]->name;

			if (strncmp(other, name, length + 1) == 0) {
				(void)fprintf(out, "%s%s", i == j ? "" : " ",
					      other + length + 1);
			}
		}
		(void)fprintf(out, "' ;;\n");
	}
}

void enc_commands_completion(FILE *out)
{
	(void)fprintf(out, "# Completion of enclave(1) for bash, made by "
			   "`enclave help --completion`.\n"
			   "_enclave() {\n"
			   "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=''\n"
			   "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
			   "\t\twords='");
	print_words(out);
	(void)fprintf(out,
		      "'\n"
		      "\telif [[ $cur == -* ]]; then\n"
		      "\t\tcase \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
	for (size_t i = 0; i < enc_command_count; i++) {
		const char *name = enc_commands[i]->name;

		(void)fprintf(out, "\t\t'%s'%s) words='", name,
			      strchr(name, ' ') == NULL ? "\\ *" : "");
		print_options(enc_commands[i], out);
		(void)fprintf(out, "' ;;\n");
	}
	(void)fprintf(out, "\t\tesac\n"
			   "\telif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
			   "\tcase ${COMP_WORDS[1]} in\n");
	print_groups(out);
	(void)fprintf(out,
		      "\tesac\n"
		      "\tfi\n"
		      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		      "\"$cur\")\n"
		      "}\n"
		      "complete -o default -F _enclave enclave\n");
}
