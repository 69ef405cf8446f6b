# Completion of newssearch for bash: printed by `newssearch completion bash`.
_newssearch() {
    local IFS=$'\n'
    COMPREPLY=($("$1" completion bash -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null))
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]] && compopt -o nospace
}
complete -o bashdefault -o default -o nosort -F _newssearch newssearch
