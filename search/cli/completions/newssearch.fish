# Completion of newssearch for fish: printed by `newssearch completion fish`.
complete -c newssearch -k -a '(newssearch completion fish -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
