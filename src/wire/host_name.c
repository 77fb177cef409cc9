#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host_name.h"

enum { NAME_MAX_LENGTH = 253, LABEL_MAX_LENGTH = 63 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* check_label() - whether a text in lower case is a label of a host name */
static bool check_label(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX_LENGTH || label[0] == '-' ||
	    label[length - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(label[i]) && label[i] != '-' && label[i] != '_' &&
		    !(label[i] >= 'a' && label[i] <= 'z')) {
			return false;
		}
	}
	return true;
}

/* is_number() - whether inet_aton() takes a label as part of an address */
static bool is_number(const char *label, size_t length)
{
	bool hex = length >= 2 && label[0] == '0' && label[1] == 'x';
	size_t i = hex ? 2 : 0;

	while (i < length && (hex ? is_hex(label[i]) : is_digit(label[i]))) {
		i++;
	}
	return i == length;
}

int enc_host_name_read(const char *text, size_t length,
		       char ret_name[ENC_HOST_NAME_BYTES])
{
	char name[ENC_HOST_NAME_BYTES] = { 0 };
	size_t label = 0; /* where the last label begins */

	if (length == 0 || length > NAME_MAX_LENGTH) {
		return -EINVAL;
	}
	for (size_t i = 0; i < length; i++) {
		bool upper = text[i] >= 'A' && text[i] <= 'Z';

		name[i] = (char)(upper ? text[i] - 'A' + 'a' : text[i]);
		if (name[i] == '.') {
			if (!check_label(name + label, i - label)) {
				return -EINVAL;
			}
			label = i + 1;
		}
	}
	if (!check_label(name + label, length - label) ||
	    is_number(name + label, length - label)) {
		return -EINVAL;
	}
	memcpy(ret_name, name, sizeof(name));
	return 0;
}
