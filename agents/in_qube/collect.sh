#!/bin/sh
# collect.sh FOLDER PLACE=FILE…: makes the folder anew with a copy of each file at its place; PLACE:TARGET is a link.
set -eu
folder=$1; shift
rm -rf "$folder.new"
for one; do
    case $one in
    *=*) place=$folder.new/${one%%=*}; mkdir -p "${place%/*}"; cp "${one#*=}" "$place" ;;
    *) place=$folder.new/${one%%:*}; mkdir -p "${place%/*}"; ln -s "${one#*:}" "$place" ;;
    esac
done
# A qube may have the folder open: it sees the old one until its next start.
rm -rf "$folder.old"
[ ! -e "$folder" ] || mv "$folder" "$folder.old"
mv "$folder.new" "$folder"
rm -rf "$folder.old"
