# Completion of enclave(1) for bash, made by `enclave help --completion`.
_enclave() {
	local cur=${COMP_WORDS[COMP_CWORD]} words=''
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='up run sessions result logs kill egress audit bindings keys orgs quotas env doctor demo version help --version'
	elif [[ $cur == -* ]]; then
		case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
		'up'\ *) words='--listen --socket --state-dir --environments --backend --internal --ca-file --master-key-command --accept-lost-memory --pool --overcommit --keep-days --access-log --json --help' ;;
		'run'\ *) words='--language --environment --env --file --stdin --limit --allow --bind --timeout --name --label --backend --audit --wait --raw --verbose --json --help' ;;
		'sessions list') words='--phase --outcome --name --label --since --limit --cursor --json --help' ;;
		'sessions get') words='--json --help' ;;
		'sessions prune') words='--older-than --dry-run --json --help' ;;
		'result'\ *) words='--json --help' ;;
		'logs'\ *) words='--follow --raw --json --help' ;;
		'kill'\ *) words='--json --help' ;;
		'egress show') words='--json --help' ;;
		'egress set') words='--allow --json --help' ;;
		'egress suggest') words='--json --help' ;;
		'audit show') words='--json --help' ;;
		'audit export') words='--out --signature --json --help' ;;
		'audit key') words='--json --help' ;;
		'audit verify') words='--head --signature --key --require-all --json --help' ;;
		'bindings create') words='--secret-file --secret --upstream --bearer --header --basic --none --method --path --rate-limit --no-mask --insecure-upstream --json --help' ;;
		'bindings list') words='--json --help' ;;
		'bindings show') words='--json --help' ;;
		'bindings update') words='--secret-file --secret --upstream --bearer --header --basic --none --method --path --rate-limit --no-mask --insecure-upstream --mask --all-requests --json --help' ;;
		'bindings rotate') words='--secret-file --secret --json --help' ;;
		'bindings delete') words='--json --help' ;;
		'keys create') words='--org --name --scope --json --help' ;;
		'keys list') words='--org --json --help' ;;
		'keys revoke') words='--json --help' ;;
		'orgs list') words='--json --help' ;;
		'quotas show') words='--json --help' ;;
		'quotas set') words='--running --waiting --stored-bytes --json --help' ;;
		'env list') words='--json --help' ;;
		'doctor'\ *) words='--environments --json --help' ;;
		'demo adversarial') words='--out --pids-limit --json --help' ;;
		'demo service-bindings') words='--out --backend --json --help' ;;
		'version'\ *) words='--json --help' ;;
		esac
	elif [ "$COMP_CWORD" -eq 2 ]; then
	case ${COMP_WORDS[1]} in
	sessions) words='list get prune' ;;
	egress) words='show set suggest' ;;
	audit) words='show export key verify' ;;
	bindings) words='create list show update rotate delete' ;;
	keys) words='create list revoke' ;;
	orgs) words='list' ;;
	quotas) words='show set' ;;
	env) words='list' ;;
	demo) words='adversarial service-bindings' ;;
	esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _enclave enclave
