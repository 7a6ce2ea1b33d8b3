#compdef vitrail
# Completion of vitrail.
local -a found
case "${(j: :)words[2,CURRENT-1]}" in
'') found=(run ctl template --help) ;;
ctl) found=(windows clients outputs tree qubes status trace exec start shutdown kill attach detach label lock quit) ;;
'ctl trace' | 'ctl exec' | 'ctl start' | 'ctl shutdown' | 'ctl kill' | 'ctl label') found=(${(f)"$(qvm-ls --raw-list 2>/dev/null)"}) ;;
'ctl windows' | 'ctl clients' | 'ctl outputs' | 'ctl tree' | 'ctl qubes' | 'ctl status') found=(--json) ;;
template) found=(create list) ;;
'template create') found=(${(f)"$(vitrail template list 2>/dev/null)"}) ;;
'template create'*) found=(--with --name --label --mirror) ;;
run*)
    case $words[CURRENT-1] in
    --config | --qubes | --shot) _files; return ;;
    esac
    found=(--headless --vnc --verbose --config --qubes --output --for --shot)
    ;;
esac
compadd -a found
