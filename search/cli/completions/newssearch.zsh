#compdef newssearch
# Completion of newssearch for zsh: printed by `newssearch completion zsh`.
_newssearch() {
    local line value about
    local -a values fields shown shown_fields
    for line in "${(@f)$($words[1] completion zsh -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        value=${line%%$'\t'*}
        about=${line#*$'\t'}
        [[ $about == $line ]] && about=
        if [[ $value == *: ]]; then
            fields+=("$value")
            shown_fields+=("$value  $about")
        else
            values+=("$value")
            shown+=("$value  $about")
        fi
    done
    if (( $#values + $#fields == 0 )); then
        _files
        return
    fi
    (( $#fields )) && compadd -S '' -U -l -d shown_fields -a fields
    (( $#values )) && compadd -U -l -V newssearch -d shown -a values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _newssearch "$@"
else
    compdef _newssearch newssearch
fi
