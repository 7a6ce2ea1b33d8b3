# Completion of vitrail.
_vitrail() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
    case "${COMP_WORDS[*]:1:COMP_CWORD-1}" in
    '') words='run ctl template --help' ;;
    ctl) words='windows clients outputs tree qubes status trace exec start shutdown kill attach detach label lock quit' ;;
    'ctl trace' | 'ctl exec' | 'ctl start' | 'ctl shutdown' | 'ctl kill' | 'ctl label')
        words=$(qvm-ls --raw-list 2>/dev/null) ;;
    'ctl windows' | 'ctl clients' | 'ctl outputs' | 'ctl tree' | 'ctl qubes' | 'ctl status') words=--json ;;
    template) words='create list' ;;
    'template create') words=$(vitrail template list 2>/dev/null) ;;
    'template create'*) words='--with --name --label --mirror' ;;
    run*)
        words='--headless --vnc --verbose --config --qubes --output --for --shot'
        case $before in --config | --qubes | --shot) compopt -o default; return ;; esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _vitrail vitrail
