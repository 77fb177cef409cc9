#ifndef ENC_CLI_DOCTOR_SERVER_H
#define ENC_CLI_DOCTOR_SERVER_H

/* What `enclave doctor` learns from a running server. */

#include <stdbool.h>

enum { ENC_DOCTOR_TEXT_BYTES = 512 };

enum enc_doctor_server_state {
	ENC_DOCTOR_SERVER_SILENT,  /* no answer, or none of Enclave's */
	ENC_DOCTOR_SERVER_REFUSES, /* it is there, and takes no sessions now */
	ENC_DOCTOR_SERVER_SERVES,
};

struct enc_doctor_server {
	enum enc_doctor_server_state state;
	/* The server's answer, or what failed. */
	char detail[ENC_DOCTOR_TEXT_BYTES];
	char remedy[ENC_DOCTOR_TEXT_BYTES]; /* empty if it serves */
};

/* enc_doctor_server_ask() - ask the server at @url whether it takes sessions */
struct enc_doctor_server enc_doctor_server_ask(const char *url);

#endif
