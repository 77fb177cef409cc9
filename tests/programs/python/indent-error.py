# tabs and spaces mixed in the main file
if True:
	print(1)
        print(2)
