# SPDX-License-Identifier: Apache-2.0
# bash completion of tocsin: asks the program itself, which knows its commands and the collector's ids.
# Install as /usr/share/bash-completion/completions/tocsin.

_tocsin()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word help
	local -a words=()

	COMPREPLY=()
	case $prev in
	--data)
		compopt -o dirnames
		return ;;
	-o | --output)
		compopt -o default
		return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -* ]] || words+=("$word")
	done
	[[ ${words[*]} == "rules check"* ]] && compopt -o default
	while IFS=$'\t' read -r word help; do
		[[ $word == "$cur"* ]] || continue
		COMPREPLY+=("$word")
		[[ $word == *= ]] && compopt -o nospace
	done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
}
complete -F _tocsin tocsin
