# SPDX-License-Identifier: Apache-2.0
# fish completion of tocsin: asks the program itself, which knows its commands and the collector's ids.
# Install as /usr/share/fish/vendor_completions.d/tocsin.fish.

function __tocsin_offer
	set -l typed (commandline -opc)
	set -l program $typed[1]
	set -l words (string match -v -- '-*' $typed[2..-1])
	$program __complete -- $words 2>/dev/null
end

complete -c tocsin -f -a '(__tocsin_offer)'
complete -c tocsin -n 'string match -q "rules check*" (string join " " (commandline -opc)[2..-1])' -F
