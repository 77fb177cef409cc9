#ifndef ENC_PARENT_MACHINE_CHECK_H
#define ENC_PARENT_MACHINE_CHECK_H

/*
 * Checks what this machine has and lacks for sandboxes. `enclaved --check`
 * prints the result. `enclave doctor` shows it together with a real session of
 * each backend. A server doesn't start if a basic feature is missing.
 */

#include "machine_facts.h"

/*
 * enc_machine_check_print() - print a JSON array to stdout. Return: true if
 * every required feature is there
 */
bool enc_machine_check_print(const struct enc_machine *machine);

/*
 * enc_machine_check_require() - check the basic features. Return: ENC_OK;
 * ENC_UNAVAILABLE with the missing feature and the remedy
 */
ENC_NODISCARD enum enc_code
enc_machine_check_require(const struct enc_machine *machine,
			  struct enc_error *err);

#endif
